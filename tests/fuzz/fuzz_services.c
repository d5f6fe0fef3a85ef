/* The supervisor's list of services: every entry that is accepted is within its limits. */
#include "../../workers/local/services.h"

#include "folder.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct stack st;
    struct err err = { 0 };

    if (folder_enter() && mkdir("run", 0750))
        abort();
    folder_write("run/services", data, n);
    memset(&st, 0, sizeof st);
    st.var[0] = '.';
    enum status rc = services_load(&st, &err);
    folder_leave();
    if ((rc != ST_OK && !err.text[0]) || st.n > SERVICES_MAX)
        abort();
    for (size_t i = 0; i < st.n; i++) {
        struct service *s = &st.svc[i];
        if (!s->name[0] || s->n_groups > 6 || s->n_args > SERVICE_ARGS_MAX || s->n_env > SERVICE_ENV_MAX)
            abort();
        for (size_t k = 0; k < s->n_args; k++) /* they live as long as the supervisor, not as long as a search */
            free(s->args[k]);
        for (size_t k = 0; k < s->n_env; k++)
            free(s->env[k]);
    }
    return 0;
}

#define READER read_sdf
#include "inspect_reader.h"

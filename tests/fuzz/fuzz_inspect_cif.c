#define READER read_cif
#include "inspect_reader.h"

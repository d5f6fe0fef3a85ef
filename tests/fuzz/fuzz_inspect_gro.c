#define READER read_gro
#include "inspect_reader.h"

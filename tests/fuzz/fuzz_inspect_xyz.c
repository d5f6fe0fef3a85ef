#define READER read_xyz
#include "inspect_reader.h"

#define READER read_pdb
#include "inspect_reader.h"

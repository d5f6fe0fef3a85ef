#define READER read_mol2
#include "inspect_reader.h"

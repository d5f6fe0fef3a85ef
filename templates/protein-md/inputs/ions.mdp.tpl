; Only read by grompp so that genion has a run input file; nothing is simulated with it.
integrator     = steep
nsteps         = 0
cutoff-scheme  = Verlet
coulombtype    = Cut-off
rcoulomb       = {{cutoff_nm:.3f}}
rvdw           = {{cutoff_nm:.3f}}

; Energy minimisation: removes bad contacts of the built system.
integrator     = steep
emtol          = 500
emstep         = 0.01
nsteps         = {{minimise_steps}}
nstlog         = 50
nstenergy      = 10
cutoff-scheme  = Verlet
coulombtype    = PME
rcoulomb       = {{cutoff_nm:.3f}}
rvdw           = {{cutoff_nm:.3f}}
vdw-modifier   = {{vdw}}
rvdw-switch    = {{vdw_switch_nm:.3f}}
DispCorr       = {{dispersion_correction}}
constraints    = none

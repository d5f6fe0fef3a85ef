$chrg {{charge_e}}
$spin {{unpaired_electrons}}
$gfn
   method={{gfn_number}}
$scc
   temp={{electronic_temperature_k:.1f}}
   maxiterations=500
$opt
   optlevel={{opt_level}}
   maxcycle={{max_cycles}}
$thermo
   temp={{temperature_k:.2f}}
$end

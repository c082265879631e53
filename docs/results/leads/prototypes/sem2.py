import sem; from sem import *
F={k:v for k,v in sem.F.items() if not k.startswith(('gdiff','semviewraw','ft+prog'))}
battery('l6_semantics_part2',F,sets=['st_mob','dlpfc_151673','dlpfc_151675'])

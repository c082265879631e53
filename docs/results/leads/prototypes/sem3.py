import sem; from sem import *
import b1
F1={k:v for k,v in sem.F.items() if not k.startswith(('gdiff','semviewraw','ft+prog'))}
battery('l6_semantics_mob',F1,sets=['st_mob'])
b1.AL['vis']=(5,10); b1.DS=(10,20)
_o=b1.poolP
def pp(s,c,P,**k): return _o(s,c,P,ds=(10,20),starts=6)
sem.poolP=pp; b1.poolP=pp
F2={k:v for k,v in sem.F.items() if k=='ft' or (k.startswith(('kernel1','eb-weight','ft+semview')) and 'shuf1' not in k)}
battery('l6_semantics_675',F2,sets=['dlpfc_151675','dlpfc_151673'])

from h import *
F={}
for a in (0,3,10,30): F[f'a{a}']=lambda s,c,a=a: diffuse(L_(s,c),base(s,c),a)
t0=time.time(); run('l0_floor',F,seeds=(0,1)); print(time.time()-t0)

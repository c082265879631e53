# floors of the same draws as w1
from h import *
from w1 import sub
out=open('out/floors_w1.csv','w')
for n,_,_ in SETS:
    s0=load(n)
    for kind,sd in (('all',0),('thin',0),('crop',0),('crop',1),('all',1),('thin',1),('crop',2)):
        s=sub(s0,kind,sd); L=lap(s); P=pca(lognorm(s,5000,'log'),20)
        a=0 if FAM[n]=='st' else 10
        v=sc(s,gmm(diffuse(L,P,a),s.k,starts=50,keep=16,seed=sd)[1].argmax(1)); out.write(f'floor,{n},{kind},{sd},{v:.4f}\n'); out.flush()

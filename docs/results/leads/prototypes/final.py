from h import *
from l1 import consensus
from b3 import auc
from b5 import rings
from l3 import hmrf
import pickle
def members(s,c,seed,modes=('logmed','sqrt'),starts=10,keep=3):
    L=L_(s,c); out={}; st=FAM[s.n]=='st'
    if st:
        for m in ('rank','logmed'):
            P=base(s,c,50,m,5000)
            for a in (0,.25,.5):
                for d in (3,4,5,6): out['d',m,a,d]=gmm(diffuse(L,P[:,:d],a),s.k,seed=seed,starts=starts,keep=keep)[1]
        return out
    for m in modes:
        P=base(s,c,50,m,5000)
        for d in (10,15,20):
            D=P[:,:d]
            for a in (5,10,20): out['d',m,a,d]=gmm(diffuse(L,D,a),s.k,seed=seed,starts=starts,keep=keep)[1]
        for d in (8,12): out['r',m,3,d]=gmm(rings(s,P[:,:d],3),s.k,seed=seed,starts=starts,keep=keep)[1]
    return out
if __name__=='__main__':
    tag=sys.argv[1]; sets=sys.argv[2:]; T=Table('final_'+tag); open(f'out/final_{tag}.csv','w').write('form,set,i,ari\n')
    for n,_,k in SETS:
        if n not in sets: continue
        s=load(n); c={}; add=lambda f,v: T.add(f,n,v); lab_={}
        for sd in (0,1,2):
            t0=time.time(); M=members(s,c,sd); tm=time.time()-t0
            pickle.dump({k_:v.astype(np.float32) for k_,v in M.items()},open(C+f'final_{n}_{sd}.pkl','wb'))
            pick=lambda f: [v for k_,v in M.items() if f(k_)]
            add('floor log1e4 a10 d20 (control)',sc(s,lab(diffuse(L_(s,c),base(s,c,20,'log',5000),10 if FAM[n]!='st' else 0),k,seed=sd)))
            if FAM[n]=='st':
                cand={'st rank':pick(lambda q:q[1]=='rank'),'st logmed':pick(lambda q:q[1]=='logmed'),'st rank a0':pick(lambda q:q[1]=='rank' and q[2]==0),'st both':pick(lambda q:1)}
            else:
                cand={'sqrt a10 d20 single':pick(lambda q:q==('d','sqrt',10,20)),'logmed a10 d20 single':pick(lambda q:q==('d','logmed',10,20)),'diff18':pick(lambda q:q[0]=='d'),'diff12':pick(lambda q:q[0]=='d' and q[3]!=15),'all22':pick(lambda q:1),'diff12+rings4':pick(lambda q:q[0]=='r' or q[3]!=15),'diff12+2xrings4':pick(lambda q:q[0]=='r' or q[3]!=15)+pick(lambda q:q[0]=='r'),'a10x6+rings4':pick(lambda q:q[0]=='r' or q[2]==10),'sqrt only 11':pick(lambda q:q[1]=='sqrt'),'logmed only 11':pick(lambda q:q[1]=='logmed')}
            for nm,pp in cand.items():
                if len(pp)==1: add(nm,sc(s,pp[0].argmax(1))); continue
                ct,R,w=consensus(pp); l=R.argmax(1); add(nm+' vote',sc(s,l)); add(nm+' members mean',np.mean([sc(s,r.argmax(1)) for r in pp])); add(nm+' AUC of confidence',auc(s,l,R.max(1),k)); lab_.setdefault(nm,[]).append(l)
                add(nm+' vote on pooled hard labels',sc(s,consensus([np.eye(k)[r.argmax(1)] for r in pp])[1].argmax(1)))
            print(n,sd,f'{tm:.0f}s',{f:round(float(r[n][-1]),3) for f,r in T.rows.items() if n in r and 'vote' in f and 'hard' not in f},flush=True)
        for nm,ls in lab_.items(): add(nm+' seeds agree (ARI)',np.mean([ARI(ls[i],ls[j]) for i in range(3) for j in range(i)]))
    print(T.show())

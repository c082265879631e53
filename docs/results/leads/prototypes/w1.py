# does the search of a member matter to the vote? light, heavy, many optima, one assignment for all views
from h import *
from l1 import consensus
from b5 import rings
def sub(s,kind,seed):
    rng=np.random.default_rng(seed)
    if kind=='all': return s
    t=S(); t.__dict__.update(s.__dict__)
    if kind=='thin':
        t.X=s.X.copy(); t.X.data=rng.binomial(np.round(s.X.data).astype(int),.3).astype(float); t.X.eliminate_zeros()
    else:
        # a window: a half-plane crop of 70 % in a random direction
        th=rng.uniform(0,2*np.pi); p=s.xy@[np.cos(th),np.sin(th)]; keep=p<=np.quantile(p,.7)
        t.X=s.X[keep]; t.xy=s.xy[keep]; t.t=s.t[keep]; t.m=s.m[keep]; t.N=int(keep.sum()); t.k=len(set(t.t[t.m]))
    import scanpy as sp_, anndata as ad
    a=ad.AnnData(t.X); n=min(5000,a.n_vars-1)
    try: sp_.pp.highly_variable_genes(a,flavor='seurat_v3',n_top_genes=n); t.rank=a.var['highly_variable_rank'].fillna(1e9).values
    except Exception as e: print('hvg',e)
    return t
def views(s):
    L=lap(s); out={}
    fam=FAM[s.n]
    for m in {'img':('logmed','sqrt'),'vis':('logmed',),'st':('rank',)}[fam]:
        P=pca(lognorm(s,5000,m),20)
        for d in {'img':(10,20),'vis':(10,15,20),'st':(3,4,5,6)}[fam]:
            for a in ((0,.25,.5) if fam=='st' else (5,10,20)): out[m,a,d]=diffuse(L,P[:,:d],a)
        if fam!='st':
            for d in (8,12): out[m,'r',d]=rings(s,P[:,:d],3)
    return out
def prep(X,k,red=20):
    X=X-X.mean(0); u,s,v=np.linalg.svd(X,full_matrices=False); r=min(red,(s**2>1e-10*s[0]**2).sum(),max(2,len(X)//(8*k)))
    return u[:,:r]*np.sqrt(len(X)),(u*s)[:,:r]
def shorts(W,P,k,n,rng,ward=True):
    c=[lloyd(P if i%4 else W,k,rng) for i in range(n)]
    if ward: c+=[wardmicro(P,k,rng),wardmicro(W,k,rng)]
    I=np.eye(k); return sorted((em(W,I[l],12) for l in c),key=lambda z:-z[0])
def climb(W,fits,k):
    small=min(W.shape[1]+1,len(W)/k/2); o=[]
    for ll,R in fits:
        ll,R=em(W,R,400); o.append((ll-(1e6 if R.sum(0).min()<small else 0),R))
    return sorted(o,key=lambda z:-z[0])
def dens(W,R):
    n,d=W.shape; nk=R.sum(0)+1e-10; mu=(R.T@W)/nk[:,None]; Sg=np.eye(d)-(mu*nk[:,None]).T@mu/n+1e-9*np.eye(d)
    Lc=np.linalg.cholesky(Sg); Z=sl.solve_triangular(Lc,W.T,lower=True).T; M=sl.solve_triangular(Lc,mu.T,lower=True).T
    return -.5*((Z**2).sum(1)[:,None]-2*Z@M.T+(M**2).sum(1)[None])-np.log(np.diag(Lc)).sum()-d/2*np.log(2*np.pi)
def coem(Ws,R,w=1.0,iters=200):
    old=-np.inf
    for it in range(iters):
        lp=sum(dens(W,R) for W in Ws)*(w/len(Ws))+np.log(R.sum(0)/len(R)+1e-12)
        m=lp.max(1); e=np.exp(lp-m[:,None]); s=e.sum(1); ll=(m+np.log(s)).sum(); R=e/s[:,None]
        if ll-old<.05: break
        old=ll
    return ll,R
if __name__=='__main__':
    out=open('out/short_search_'+'_'.join(sys.argv[1:])+'.csv','a')
    for n in sys.argv[1:]:
        s0=load(n)
        for kind,sd in (('all',0),('thin',0),('crop',0),('crop',1),('all',1),('thin',1),('crop',2)):
            s=sub(s0,kind,sd); k=s.k; V=views(s); PW={q:prep(x,k) for q,x in V.items()}; rng=np.random.default_rng(100+sd); t0=time.time()
            light={}; heavy={}; pool=[]; l2={}
            for q,(W,P) in PW.items():
                f=shorts(W,P,k,10,rng); g=climb(W,f[:3],k); light[q]=g[0][1]; pool+= [r for _,r in g]
                f2=shorts(W,P,k,10,rng); l2[q]=climb(W,f2[:3],k)[0][1]
                f3=shorts(W,P,k,40,rng,False); heavy[q]=climb(W,sorted(f+f2+f3,key=lambda z:-z[0])[:16],k)[0][1]
            r={}
            H=lambda P:[np.eye(k)[x.argmax(1)] for x in P]
            for nm,M in (('light',list(light.values())),('light2',list(l2.values())),('heavy',list(heavy.values())),('light x2',list(light.values())+list(l2.values())),('pool3',pool),('all three',list(light.values())+list(l2.values())+list(heavy.values()))):
                r[nm+' members']=np.mean([sc(s,x.argmax(1)) for x in M]); r[nm+' soft']=sc(s,consensus(M)[1].argmax(1)); r[nm+' hard']=sc(s,consensus(H(M))[1].argmax(1))
            Ws=[W for W,P in PW.values()]
            starts=list(light.values())+list(heavy.values())+[consensus(list(heavy.values()))[1]]
            c=sorted((coem(Ws,R) for R in starts),key=lambda z:-z[0]); r['coem best']=sc(s,c[0][1].argmax(1)); r['coem from vote']=sc(s,coem(Ws,starts[-1])[1].argmax(1)); r['coem from light vote']=sc(s,coem(Ws,consensus(list(light.values()))[1])[1].argmax(1))
            for nm,v in r.items(): out.write(f'{nm},{n},{kind},{sd},{v:.4f}\n')
            out.flush(); print(n,kind,sd,f'{time.time()-t0:.0f}s',{a:round(float(b),3) for a,b in r.items()},flush=True)

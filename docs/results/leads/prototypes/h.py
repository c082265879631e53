import os
for v in ('OMP_NUM_THREADS','OPENBLAS_NUM_THREADS','MKL_NUM_THREADS','NUMBA_NUM_THREADS'): os.environ[v]='1'
import numpy as np, scipy.sparse as sp, scipy.linalg as sl, warnings, sys, time, json, csv
from scipy.sparse.linalg import splu
from scipy.optimize import linear_sum_assignment
from sklearn.neighbors import kneighbors_graph
from sklearn.metrics import adjusted_rand_score as ARI
from sklearn.cluster import KMeans, AgglomerativeClustering
from sklearn.utils.extmath import randomized_svd
warnings.filterwarnings('ignore')
D=os.environ.get('SEMST_DATA','../../../../../shared/data')+'/'
SETS=[('starmap_mvc','domain',7),('starmap_mpfc_bz5','domain',4),('osmfish','Region',11),('dlpfc_151673','layer',7),('dlpfc_151675','layer',7),('st_mob','layer',5)]
SHORT={'starmap_mvc':'mvc','starmap_mpfc_bz5':'bz5','osmfish':'osm','dlpfc_151673':'673','dlpfc_151675':'675','st_mob':'mob'}
FAM={'starmap_mvc':'img','starmap_mpfc_bz5':'img','osmfish':'img','dlpfc_151673':'vis','dlpfc_151675':'vis','st_mob':'st'}
C='cache/'
class S: pass
def load(n):
    import pickle
    f=C+n+'.pkl'
    if os.path.exists(f): return pickle.load(open(f,'rb'))
    import scanpy as sc
    key,k={x[0]:(x[1],x[2]) for x in SETS}[n]
    a=sc.read_h5ad(D+n+'.h5ad'); s=S(); s.n=n; s.k=k
    m=~(a.obs[key].isna().values); t=np.array([str(x) for x in a.obs[key].astype(object).values]); m&=(t!='nan')&(t!='NA')
    s.t=t; s.m=m; s.X=sp.csr_matrix(a.X).astype(np.float64); s.xy=np.asarray(a.obsm['spatial'],float); s.genes=list(a.var_names); s.var=a.var
    s.N=len(t)
    if a.n_vars>5000:
        sc.pp.highly_variable_genes(a,flavor='seurat_v3',n_top_genes=5000); s.rank=a.var['highly_variable_rank'].fillna(1e9).values
    else:
        sc.pp.highly_variable_genes(a,flavor='seurat_v3',n_top_genes=a.n_vars-1); s.rank=a.var['highly_variable_rank'].fillna(1e9).values
    pickle.dump(s,open(f,'wb')); return s
def adj(s,k=6):
    A=kneighbors_graph(s.xy,k); return sp.csr_matrix(A.maximum(A.T))
def lap(s,k=6,sym=True):
    A=adj(s,k); d=np.asarray(A.sum(1)).ravel()
    if sym: q=sp.diags(1/np.sqrt(d)); return sp.csc_matrix(sp.eye(s.N)-q@A@q)
    return sp.csc_matrix(sp.eye(s.N)-sp.diags(1/d)@A)
def diffuse(L,X,a):
    if a==0: return np.asarray(X,float)
    return splu(sp.csc_matrix(sp.eye(L.shape[0])+a*L)).solve(np.asarray(X,dtype=float))
def lognorm(s,ntop=5000,mode='log',genes=None):
    X=s.X; lib=np.asarray(X.sum(1)).ravel(); lib[lib==0]=1
    if genes is None: genes=np.argsort(s.rank,kind='stable')[:ntop]; genes=np.sort(genes)
    if mode=='log': Y=sp.diags(1e4/lib)@X; Y=Y[:,genes].toarray(); return np.log1p(Y)
    if mode=='lograw': return np.log1p(X[:,genes].toarray())
    if mode=='sqrt': Y=sp.diags(np.median(lib)/lib)@X; return np.sqrt(Y[:,genes].toarray())
    if mode=='ft': Y=(sp.diags(np.median(lib)/lib)@X)[:,genes].toarray(); return np.sqrt(Y)+np.sqrt(Y+1)
    if mode=='logmed': Y=sp.diags(np.median(lib)/lib)@X; return np.log1p(Y[:,genes].toarray())
    if mode=='pearson':
        Y=X[:,genes].toarray(); g=Y.sum(0); mu=np.outer(Y.sum(1),g/Y.sum()); R=(Y-mu)/np.sqrt(mu+mu**2/100+1e-12); c=np.sqrt(len(Y)); return np.clip(R,-c,c)
    if mode=='rank':
        from scipy.stats import rankdata
        Y=X[:,genes].toarray(); return rankdata(Y,axis=1)/Y.shape[1]
def pca(X,d=20):
    X=X-X.mean(0); d=min(d,min(X.shape)-1)
    if X.shape[1]<=400 or X.shape[0]<400:
        u,s,v=np.linalg.svd(X,full_matrices=False); return u[:,:d]*s[:d]
    u,s,v=randomized_svd(X,d,n_iter=6,random_state=0); return u*s
def whiten(X,eps=1e-10):
    X=X-X.mean(0); u,s,v=np.linalg.svd(X,full_matrices=False); k=(s**2>eps*s[0]**2); return u[:,k]*np.sqrt(len(X)), (u*s)[:,k]
# ---- tied mixture
def em(W,R,iters,tol=1e-2,full=False,w=None):
    n,d=W.shape; ll0=-np.inf; I=np.eye(d)
    for it in range(iters):
        nk=R.sum(0)+1e-10; pi=nk/n; mu=(R.T@W)/nk[:,None]
        Sg=I-(mu*nk[:,None]).T@mu/n+1e-9*I
        Lc=np.linalg.cholesky(Sg); A=sl.cho_solve((Lc,True),mu.T)   # d×k
        lp=W@A; lp+=np.log(pi)-.5*(mu.T*A).sum(0)
        m=lp.max(1); e=np.exp(lp-m[:,None]); s=e.sum(1)
        q=np.trace(sl.cho_solve((Lc,True),I))*n
        ll=(m+np.log(s)).sum()-.5*q-n*(np.log(np.diag(Lc)).sum()+d/2*np.log(2*np.pi)); R=e/s[:,None]
        if ll-ll0<tol: break
        ll0=ll
    return ll,R
def lloyd(X,k,rng):
    return KMeans(k,n_init=1,max_iter=50,random_state=int(rng.integers(1<<31)),algorithm='lloyd').fit_predict(X)
def wardmicro(X,k,rng,m=300):
    if len(X)<=1300: return AgglomerativeClustering(k).fit_predict(X)
    km=KMeans(m,n_init=1,max_iter=10,random_state=int(rng.integers(1<<31))).fit(X); n=np.bincount(km.labels_,minlength=m).astype(float)
    # weighted ward on centres
    c=km.cluster_centers_; keep=n>0; c=c[keep]; nn=n[keep]; idx=np.cumsum(keep)-1
    lab=np.arange(len(c)); cs=c.copy(); ns=nn.copy(); alive=list(range(len(c)))
    D2=((cs[:,None]-cs[None])**2).sum(-1)*(ns[:,None]*ns[None]/(ns[:,None]+ns[None])); np.fill_diagonal(D2,np.inf)
    for _ in range(len(c)-k):
        i,j=np.unravel_index(D2.argmin(),D2.shape)
        cs[i]=(cs[i]*ns[i]+cs[j]*ns[j])/(ns[i]+ns[j]); ns[i]+=ns[j]; lab[lab==j]=i; D2[j]=np.inf; D2[:,j]=np.inf
        al=np.isfinite(D2[i])|False
        dd=((cs-cs[i])**2).sum(1)*ns*ns[i]/(ns+ns[i]); dd[i]=np.inf; dead=np.ones(len(c),bool); dead[np.unique(lab)]=False; dd[dead]=np.inf
        D2[i]=dd; D2[:,i]=dd
    u,l=np.unique(lab,return_inverse=True); return l[idx[km.labels_]]
def gmm(X,k,starts=16,seed=0,keep=4,all=False,red=20,inits=()):
    X=X-X.mean(0); u,s,v=np.linalg.svd(X,full_matrices=False); r=min(red,(s**2>1e-10*s[0]**2).sum(),max(2,len(X)//(8*k)))
    W=u[:,:r]*np.sqrt(len(X)); P=(u*s)[:,:r]; n=len(X); rng=np.random.default_rng(seed)
    c=[]
    for i in range(starts): c.append(lloyd(P if i%4 else W,k,rng))
    c.append(wardmicro(P,k,rng)); c.append(wardmicro(W,k,rng))
    I=np.eye(k); short=[]
    for l in c: short.append(em(W,I[l],12))
    for z in inits: short.append(em(W,z,12))
    short.sort(key=lambda z:-z[0])
    fin=[]; small=min(r+1,n/k/2)
    for ll,R in (short if all else short[:keep]):
        ll,R=em(W,R,400); fin.append((ll-(1e6 if R.sum(0).min()<small else 0),R))
    fin.sort(key=lambda z:-z[0])
    return fin if all else fin[0]
def lab(X,k,**kw): return gmm(X,k,**kw)[1].argmax(1)
def sc(s,l): return ARI(s.t[s.m],l[s.m])
class Table:
    def __init__(self,name): self.name=name; self.rows={}
    def add(self,form,n,v):
        self.rows.setdefault(form,{}).setdefault(n,[]).append(v)
        with open(f'out/{self.name}.csv','a') as f: f.write(f'{form},{n},{len(self.rows[form][n])-1},{v:.4f}\n')
    def show(self):
        out=['| form | '+' | '.join(SHORT[x[0]] for x in SETS)+' | mean |','|---|'+'---:|'*7]
        for f,r in self.rows.items():
            ms=[np.mean(r[x[0]]) if x[0] in r else np.nan for x in SETS]; out.append(f'| {f} | '+' | '.join(f'{m:.3f}' for m in ms)+f' | {np.nanmean(ms):.3f} |')
        return '\n'.join(out)
def run(name,forms,seeds=(0,),sets=None):
    """forms: dict name -> f(s, ctx) -> features; one shared ctx dict a set"""
    open(f'out/{name}.csv','w').write('form,set,seed,ari\n')
    T=Table(name)
    for n,_,k in SETS:
        if sets and n not in sets: continue
        s=load(n); ctx={}; t0=time.time()
        for fn,f in forms.items():
            try: X=f(s,ctx)
            except Exception as e: print('ERR',fn,n,repr(e)); continue
            for sd in seeds:
                l=lab(X,k,seed=sd) if X.ndim==2 else X
                T.add(fn,n,sc(s,l))
        print(n,f'{time.time()-t0:.0f}s',' '.join(f'{fn}:{np.mean(r[n]):.2f}' for fn,r in T.rows.items() if n in r),flush=True)
    print(T.show(),flush=True); return T
def base(s,ctx,d=20,mode='log',ntop=5000):
    key=('pc',mode,ntop)
    if key not in ctx:
        f=f'{C}{s.n}_{mode}_{ntop}.npy'
        if os.path.exists(f): ctx[key]=np.load(f)
        else: ctx[key]=pca(lognorm(s,ntop,mode),50); np.save(f,ctx[key])
    return ctx[key][:,:d]
def L_(s,ctx,k=6):
    if ('L',k) not in ctx: ctx[('L',k)]=lap(s,k)
    return ctx[('L',k)]

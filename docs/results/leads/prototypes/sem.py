from h import *
import zlib
from b1 import battery,poolP,cached,symb,zc
def semtab(path='../../../../crates/semst-semantic-embedding/data/genes.semtab'):
    b=open(path,'rb').read(); n=int.from_bytes(b[8:12],'little'); h=json.loads(b[12:12+n]); body=b[12+n:]; at=0; sec={}
    for q in h['sections']: sec[q['name']]=zlib.decompress(body[at:at+q['bytes']]); at+=q['bytes']
    V=(np.frombuffer(sec['vectors'],np.int8).reshape(h['dims'],h['rows']).T*h['step']).astype(np.float32); out={}
    def ints(x): a=np.frombuffer(x,np.uint8).reshape(4,-1).astype(np.uint32); return a[0]|a[1]<<8|a[2]<<16|a[3]<<24
    for t in h['tables']:
        nm=t['name']; names=sec[nm+'/names'].decode().split('\n'); rows=ints(sec[nm+'/rows']); al=sec.get(nm+'/alias_names',b'').decode().split('\n'); ag=ints(sec[nm+'/alias_genes']) if nm+'/alias_genes' in sec else []
        d={}
        for a,g in zip(al,ag): d.setdefault(a.upper(),rows[g])
        for x,r in zip(names,rows): d[x.upper()]=r
        out[nm]=d
    return V,out
_ST=None
def vectors(s,genes,shuffle=None):
    global _ST
    if _ST is None: _ST=semtab()
    V,T=_ST; sy=symb(s)[genes]; t=[k for k in T if ('human' in k)==(s.n.startswith('dlpfc')) and ('human' in k or 'mouse' in k)][0]
    r=np.array([T[t].get(g,-1) for g in sy]); has=r>=0; Q=np.zeros((len(genes),V.shape[1])); Q[has]=V[r[has]]
    if shuffle is not None: i=np.flatnonzero(has); Q[i]=Q[np.random.default_rng(shuffle).permutation(i)]
    Q[has]-=Q[has].mean(0); return Q,has
def feats(s,c,n=5000,mode='ft'):
    if ('X',mode,n) not in c: g=np.sort(np.argsort(s.rank,kind='stable')[:n]); c[('X',mode,n)]=(lognorm(s,0,mode,g),g)
    return c[('X',mode,n)]
unit=lambda Q: Q/(np.linalg.norm(Q,axis=1,keepdims=True)+1e-9)
def s_kernel(s,c,t,sh):
    X,g=feats(s,c); X=X-X.mean(0); Q,h=vectors(s,g,sh); Q=unit(Q); return pca(X+t*(X@Q)@Q.T/np.sqrt(len(g)),50)
def s_graph(s,c,t,sh,k=10):
    X,g=feats(s,c); X=X-X.mean(0); Q,h=vectors(s,g,sh); Q=unit(Q); k=min(k,max(2,len(g)//10)); C_=Q@Q.T; np.fill_diagonal(C_,-1); C_[:, ~h]=-1
    i=np.argsort(-C_,axis=1)[:,:k]; A=sp.csr_matrix((np.ones(i.size),(np.repeat(np.arange(len(g)),k),i.ravel())),shape=C_.shape); A=A.maximum(A.T); M=sp.diags(h.astype(float)); A=M@A@M; d=np.asarray(A.sum(1)).ravel(); d[d==0]=1; q=sp.diags(1/np.sqrt(d)); Lg=sp.eye(len(g))-q@A@q
    # on correlation scale: genes to unit sd, mixed, then back to their own sd
    sd=X.std(0)+1e-9; Y=splu(sp.csc_matrix(sp.eye(len(g))+t*Lg)).solve((X/sd).T).T*sd; return pca(Y,50)
def s_view(s,c,sh):
    X,g=feats(s,c); Z=zc(X); Q,h=vectors(s,g,sh); U,_=whiten(Q[h]); U=U[:,:min(100,U.shape[1])]; return pca(Z[:,h]@U/np.sqrt(h.sum()),50)
def s_viewraw(s,c,sh):
    X,g=feats(s,c); Q,h=vectors(s,g,sh); return pca((X-X.mean(0))@unit(Q),50)
def s_prog(s,c,sh,M=60):
    X,g=feats(s,c); Z=zc(X); Q,h=vectors(s,g,sh); Q=unit(Q)[h]; M=min(M,max(4,h.sum()//4)); l=KMeans(M,n_init=2,random_state=0).fit_predict(Q); I=np.eye(M)[l]; return pca(Z[:,h]@(I/np.sqrt(I.sum(0)+1e-9)),50)
def s_weight(s,c,sh):
    """empirical Bayes: spatial share of each gene's variance, predicted from meaning by ridge (cross-fitted), times sd"""
    X,g=feats(s,c); X=X-X.mean(0); sd=X.std(0)+1e-9; A=adj(s); W=sp.diags(1/np.asarray(A.sum(1)).ravel())@A; I=(X*(W@X)).sum(0)/(X**2).sum(0).clip(1e-9)
    y=np.log(np.maximum(I,1e-3)); Q,h=vectors(s,g,sh); U,_=whiten(Q[h]); from sklearn.linear_model import RidgeCV; from sklearn.model_selection import cross_val_predict
    p=cross_val_predict(RidgeCV(np.geomspace(1,1e5,6)*1.),U/np.sqrt(U.shape[1]),y[h],cv=5); w=np.full(len(g),p.mean()); w[h]=p
    c['r2',sh]=np.corrcoef(p,y[h])[0,1]; w=np.exp(w-w.mean()); return pca(X*np.sqrt(w),50)
F={'ft':lambda s,c: base(s,c,50,'ft',5000)}
G={'kernel1':lambda s,c,sh: s_kernel(s,c,1,sh),'gdiff1':lambda s,c,sh: s_graph(s,c,1,sh),'gdiff5':lambda s,c,sh: s_graph(s,c,5,sh),'semview':lambda s,c,sh: s_view(s,c,sh),'semviewraw':lambda s,c,sh: s_viewraw(s,c,sh),'prog':lambda s,c,sh: s_prog(s,c,sh),'eb-weight':lambda s,c,sh: s_weight(s,c,sh)}
def two(s,c,v,sh):
    P=poolP(s,c,v(s,c,sh));
    if 'ftpool' not in c: c['ftpool']=poolP(s,c,base(s,c,50,'ft',5000))
    return c['ftpool']+P
for k_,v in G.items():
    for sh,nm in ((None,'real'),(0,'shuf0'),(1,'shuf1')):
        F[f'{k_} {nm}']=lambda s,c,v=v,sh=sh: v(s,c,sh)
for k_ in ('semview','prog'):
    for sh,nm in ((None,'real'),(0,'shuf0'),(1,'shuf1')):
        F[f'ft+{k_} views {nm}']=lambda s,c,v=G[k_],sh=sh: two(s,c,v,sh)
if __name__=='__main__':
    V,T=semtab(); print(V.shape,{k:len(v) for k,v in T.items()})
    for n,_,_ in SETS: s=load(n); Q,h=vectors(s,np.arange(len(s.genes))); print(n,h.mean())
    battery('l6_semantics',F,sets=sys.argv[1:] or None)

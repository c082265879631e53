from h import *
F={}
st=lambda s,a: a if FAM[s.n]!='st' else 0
B=lambda s,c,d=20: base(s,c,d,'ft',5000)
F['ft']=lambda s,c: diffuse(L_(s,c),B(s,c),st(s,10))
for d in (10,15,30): F[f'ft_pc{d}']=lambda s,c,d=d: diffuse(L_(s,c),B(s,c,d),st(s,10))
for a in (3,5,20): F[f'ft_a{a}']=lambda s,c,a=a: diffuse(L_(s,c),B(s,c),st(s,a))
def moran(s,c,mode='ft'):
    key='mor'+mode
    if key not in c:
        X=lognorm(s,s.X.shape[1],mode); ex=np.asarray((s.X>0).sum(0)).ravel()
        X=X-X.mean(0); v=(X**2).sum(0)+1e-9; A=adj(s); W=sp.diags(1/np.asarray(A.sum(1)).ravel())@A
        I=(X*(W@X)).sum(0)/v; I[ex<10]=-1; c[key]=(I,X,v)
    return c[key]
def svg(s,c,n,mode='ft'):
    I,X,v=moran(s,c,mode); g=np.argsort(-I)[:n]; return pca(X[:,g],20)
for n in (500,2000): F[f'svg{n}']=lambda s,c,n=n: diffuse(L_(s,c),svg(s,c,n),st(s,10))
def mw(s,c,z=True,mode='ft'):
    I,X,v=moran(s,c,mode); w=np.maximum(I,0);
    if z: w=w/np.sqrt(v/len(X))
    return pca(X*w,20)
F['zMoran']=lambda s,c: diffuse(L_(s,c),mw(s,c),st(s,10))
F['wMoran']=lambda s,c: diffuse(L_(s,c),mw(s,c,False),st(s,10))
def dw(s,c,a,p=1.):
    if a==0: return B(s,c)
    lib=np.asarray(s.X.sum(1)).ravel(); w=np.clip((lib/lib.mean())**p,.05,10);
    A=adj(s); d=np.asarray(A.sum(1)).ravel(); L=sp.diags(d)-A; L=L/d.mean()
    return splu(sp.csc_matrix(sp.diags(w)+a*L)).solve(w[:,None]*B(s,c))
F['combL']=lambda s,c: dw(s,c,st(s,10),0)
F['depthw']=lambda s,c: dw(s,c,st(s,10),1)
def bil(s,c,a,h=1.,pre=3):
    if a==0: return B(s,c)
    P=diffuse(L_(s,c),B(s,c),pre); A=adj(s).tocoo(); W,_=whiten(P); W=P/P.std(0).mean()
    d2=((W[A.row]-W[A.col])**2).sum(1); w=np.exp(-d2/(2*h*np.median(d2))); G=sp.csr_matrix((w,(A.row,A.col)),shape=A.shape); d=np.asarray(G.sum(1)).ravel()+1e-6; q=sp.diags(1/np.sqrt(d))
    return diffuse(sp.csc_matrix(sp.eye(s.N)-q@G@q),B(s,c),a)
F['bilat1']=lambda s,c: bil(s,c,st(s,10))
F['bilat.3']=lambda s,c: bil(s,c,st(s,10),.3)
def comp(s,c,a,M=30,cat=False,d=20):
    key=('types',M)
    if key not in c:
        P=B(s,c,d); km=KMeans(M,n_init=3,random_state=0).fit(P); D2=km.transform(P)**2; c[key]=np.eye(M)[km.labels_]
    Y=np.sqrt(np.maximum(diffuse(lap(s,6,False),c[key],a),0)); return pca(Y,20)
F['comp30']=lambda s,c: comp(s,c,10 if FAM[s.n]!='st' else 1)
def rff(s,c,a,n=500,d=20,seed=0,h=1.):
    P=B(s,c,d); rng=np.random.default_rng(seed); sub=P[rng.choice(len(P),min(500,len(P)),False)]; from scipy.spatial.distance import pdist
    g=np.median(pdist(sub))*h; Ph=P@rng.normal(size=(P.shape[1],n))/g+rng.uniform(0,2*np.pi,n); return pca(diffuse(L_(s,c),np.cos(Ph)-np.cos(Ph).mean(0),a),20)
F['rff']=lambda s,c: rff(s,c,st(s,10))
F['rff.5']=lambda s,c: rff(s,c,st(s,10),h=.5)
F['ft+rff']=lambda s,c: pca(np.hstack([diffuse(L_(s,c),B(s,c),st(s,10))/np.sqrt((B(s,c)**2).sum(1).mean()),rff(s,c,st(s,10))/np.sqrt(500/2)]),20)
if __name__=='__main__':
    t0=time.time(); run('l5_feat',F,seeds=(0,1)); print(time.time()-t0)

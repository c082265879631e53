"""Ward partitions of scikit-learn; run in this folder: python make_ward.py"""
import json, numpy as np
from sklearn.cluster import AgglomerativeClustering
rng = np.random.default_rng(0); cases = []
for n, d, k in [(40, 2, 3), (120, 5, 7), (200, 3, 11)]:
    x = np.round(rng.normal(size=(n, d)) + 3 * rng.normal(size=(k, d))[rng.integers(0, k, n)], 4)
    cases.append(dict(x=x.tolist(), k=k, labels=AgglomerativeClustering(k, linkage="ward").fit_predict(x).tolist()))
json.dump(cases, open("ward.json", "w"))

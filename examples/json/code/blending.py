from statistics import fmean


def summary(cellars):
    wines = [wine for cellar in cellars for wine in cellar["wines"]]
    by_cultivar = {}
    for wine in wines:
        by_cultivar.setdefault(wine["cultivar"], []).append(wine["alcohol"])
    return {
        "cellars": [cellar["cellar"] for cellar in cellars],
        "wines": len(wines),
        "alcohol": {str(cultivar): round(fmean(values), 3) for cultivar, values in by_cultivar.items()},
    }

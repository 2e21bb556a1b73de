def of(wines, cultivar):
    mine = [float(wine["alcohol"]) for wine in wines if wine["cultivar"] == str(cultivar)]
    return f"cultivar {cultivar}: {len(mine)} wines, strongest {max(mine)}\n"

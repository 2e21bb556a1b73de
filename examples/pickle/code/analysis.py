def progression_by_sex(table):
    sex = table["columns"].index("sex")
    progression = table["columns"].index("progression")
    groups = {}
    for row in table["rows"]:
        groups.setdefault(row[sex], []).append(row[progression])
    return {key: (len(values), sum(values)) for key, values in sorted(groups.items())}

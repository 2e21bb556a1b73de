QUERY = """
    select cultivar, count(*), round(avg(alcohol), 3), max(proline)
    from wine group by cultivar order by cultivar
"""


def lines(database):
    rows = database.execute(QUERY).fetchall()
    return "".join(f"{cultivar},{count},{alcohol},{proline}\n" for cultivar, count, alcohol, proline in rows)

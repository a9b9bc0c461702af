/** Records by id that also finds those of one company without looking at the others. */
export class Table<Row extends { companyId: string }> extends Map<string, Row> {
  private readonly companies = new Map<string, Map<string, Row>>();

  /** The id may not move to another company. */
  override set(id: string, row: Row): this {
    let mine = this.companies.get(row.companyId);
    if (mine === undefined) {
      mine = new Map();
      this.companies.set(row.companyId, mine);
    }
    mine.set(id, row);
    return super.set(id, row);
  }

  override delete(id: string): boolean {
    const row = this.get(id);
    if (row !== undefined) this.companies.get(row.companyId)?.delete(id);
    return super.delete(id);
  }

  /** In the order in which they came. */
  ofCompany(companyId: string): Row[] {
    return [...(this.companies.get(companyId)?.values() ?? [])];
  }
}

/** A table with these rows in it. */
export function tableOf<Row extends { companyId: string }>(options: {
  rows: readonly Row[] | undefined;
  idOf: (row: Row) => string;
}): Table<Row> {
  const table = new Table<Row>();
  for (const row of options.rows ?? []) table.set(options.idOf(row), row);
  return table;
}

/** Rows in groups; a group is found and changed without looking at the others. */
export class Groups<Row extends { id: string }> {
  private readonly groups = new Map<string, Map<string, Row>>();

  add(key: string, row: Row): void {
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new Map();
      this.groups.set(key, group);
    }
    group.set(row.id, row);
  }

  remove(key: string, row: Row): void {
    const group = this.groups.get(key);
    group?.delete(row.id);
    if (group?.size === 0) this.groups.delete(key);
  }

  get(key: string): Row[] {
    return [...(this.groups.get(key)?.values() ?? [])];
  }
}

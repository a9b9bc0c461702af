/** Writes one line for whoever watches. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A table with a header, columns as wide as their widest cell, figures to the right. */
export function table(input: { header: string[]; rows: (string | number)[][] }): string {
  const lines = [input.header, ...input.rows.map((row) => row.map(String))];
  const widths = input.header.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  const drawn = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [drawn[0], rule, ...drawn.slice(1)].join('\n');
}

/** The last line of a benchmark, for machines: one line of JSON. */
export function sayResult(result: { bench: string } & Record<string, string | number>): void {
  say(JSON.stringify(result));
}

/** Deeper than any payload; what is nested beyond it is nobody's. */
const deepest = 64;

/**
 * JSON text in the form that Python's `json.dumps(…, sort_keys=True, ensure_ascii=False,
 * separators=(',', ':'))` gives: keys in the order of code points, no blanks, nothing escaped that
 * need not be. Numbers stay as they are written: parsed and written again, `1.0` would become `1`.
 *
 * @returns null for what is not one well-formed JSON value
 */
export function canonicalJson(text: string): string | null {
  const reader = { text, at: 0 };
  try {
    const value = readValue(reader, 0);
    skipBlanks(reader);
    return reader.at === text.length ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

interface Reader {
  text: string;
  at: number;
}

function readValue(reader: Reader, depth: number): string {
  if (depth > deepest) throw new SyntaxError('too deep');
  skipBlanks(reader);
  const first = reader.text[reader.at];
  if (first === '{') return readObject(reader, depth);
  if (first === '[') return readArray(reader, depth);
  if (first === '"') return JSON.stringify(readString(reader));
  const word = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
  word.lastIndex = reader.at;
  const [lexeme] = word.exec(reader.text) ?? [];
  if (lexeme === undefined) throw new SyntaxError('no value');
  reader.at += lexeme.length;
  return lexeme;
}

function readObject(reader: Reader, depth: number): string {
  const members = new Map<string, string>();
  reader.at += 1;
  if (!takes(reader, '}')) {
    do {
      skipBlanks(reader);
      const key = readString(reader);
      expect(reader, ':');
      members.set(key, readValue(reader, depth + 1));
    } while (takes(reader, ','));
    expect(reader, '}');
  }
  const sorted = [...members].sort(([one], [other]) => byCodePoint(one, other));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}

function readArray(reader: Reader, depth: number): string {
  const values: string[] = [];
  reader.at += 1;
  if (!takes(reader, ']')) {
    do {
      values.push(readValue(reader, depth + 1));
    } while (takes(reader, ','));
    expect(reader, ']');
  }
  return `[${values.join(',')}]`;
}

/** The string that begins here, with its escapes undone. */
function readString(reader: Reader): string {
  const { text, at } = reader;
  if (text[at] !== '"') throw new SyntaxError('no string');
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  reader.at = end + 1;
  const value: unknown = JSON.parse(text.slice(at, end + 1));
  return String(value);
}

function skipBlanks(reader: Reader): void {
  while (' \t\n\r'.includes(reader.text[reader.at] ?? '.')) reader.at += 1;
}

function takes(reader: Reader, mark: string): boolean {
  skipBlanks(reader);
  if (reader.text[reader.at] !== mark) return false;
  reader.at += 1;
  return true;
}

function expect(reader: Reader, mark: string): void {
  if (!takes(reader, mark)) throw new SyntaxError(`no ${mark}`);
}

/** JavaScript's own order is that of UTF-16 units, which puts U+FF5E behind U+1F600. */
function byCodePoint(one: string, other: string): number {
  const others = other[Symbol.iterator]();
  for (const character of one) {
    const next = others.next();
    if (next.done) return 1;
    const difference = (character.codePointAt(0) ?? 0) - (next.value.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return others.next().done ? 0 : -1;
}

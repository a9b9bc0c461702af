/** A number that Python would hold as a float, so that 1 is written `1.0`. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  text(): string {
    return Number.isInteger(this.value) ? this.value.toFixed(1) : String(this.value);
  }
}

export type PythonValue =
  | null
  | boolean
  | number
  | string
  | PythonFloat
  | PythonValue[]
  | { [key: string]: PythonValue };

/** Python compares strings by code point, JavaScript by UTF-16 unit. */
function byCodePoint(first: string, second: string): number {
  const a = Array.from(first, (character) => character.codePointAt(0) ?? 0);
  const b = Array.from(second, (character) => character.codePointAt(0) ?? 0);
  for (let index = 0; index < Math.min(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  return a.length - b.length;
}

function asciiOnly(quoted: string): string {
  let text = '';
  for (let index = 0; index < quoted.length; index += 1) {
    const unit = quoted.charCodeAt(index);
    text += unit < 0x7f ? quoted[index] : `\\u${unit.toString(16).padStart(4, '0')}`;
  }
  return text;
}

interface Style {
  comma: string;
  colon: string;
  sorted: boolean;
  ascii: boolean;
}

function write(value: PythonValue, style: Style): string {
  if (typeof value === 'string') {
    const quoted = JSON.stringify(value);
    return style.ascii ? asciiOnly(quoted) : quoted;
  }
  if (value instanceof PythonFloat) {
    return value.text();
  }
  if (value === null || typeof value !== 'object') {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => write(item, style)).join(style.comma)}]`;
  }
  const keys = style.sorted ? Object.keys(value).toSorted(byCodePoint) : Object.keys(value);
  const members = keys.map(
    (key) => `${write(key, style)}${style.colon}${write(value[key] ?? null, style)}`,
  );
  return `{${members.join(style.comma)}}`;
}

/** As `json.dumps(value)` writes it: spaces after `,` and `:`, all non-ASCII escaped. */
export const pythonJson = (value: PythonValue): string =>
  write(value, { comma: ', ', colon: ': ', sorted: false, ascii: true });

/** The text that is signed: keys sorted by code point, no spaces, non-ASCII as it is. */
export const canonicalJson = (value: PythonValue): string =>
  write(value, { comma: ',', colon: ':', sorted: true, ascii: false });

import fc from 'fast-check';

/** Hosts of the tables, each with the path of a room on it. */
const real: { host: string; path: string }[] = [
  { host: 'zoom.us', path: '/j/84012345678?pwd=abc' },
  { host: 'us02web.zoom.us', path: '/my/jane.doe' },
  { host: 'zoomgov.com', path: '/j/1612345678' },
  { host: 'meet.google.com', path: '/abc-defg-hij' },
  { host: 'teams.microsoft.com', path: '/meet/2345678901234?p=AbCdEf123456' },
  {
    host: 'teams.microsoft.com',
    path: '/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=%7b%22Tid%22%3a%2211111111-2222-4333-8444-555555555555%22%7d',
  },
  { host: 'teams.live.com', path: '/meet/9312345678901?p=Xyz987' },
  { host: 'acme.webex.com', path: '/acme/j.php?MTID=m0a1b2c3d4e5f60718293a4b5c6d7e8f9' },
  { host: 'acme.whereby.com', path: '/interview-42' },
  { host: 'meet.jit.si', path: '/AcmeInterview42' },
  { host: '8x8.vc', path: '/acme/interview-42' },
  { host: 'meet.goto.com', path: '/123456789' },
  { host: 'v.ringcentral.com', path: '/join/123456789?pw=0123abcd' },
  { host: 'bluejeans.com', path: '/123456789' },
  { host: 'chime.aws', path: '/1234567890' },
];

const label = fc.stringMatching(/^[a-z][a-z0-9]{0,11}$/);

/** Letters of other alphabets that look like the Latin ones. */
const doubles: Record<string, string[]> = {
  a: ['а', 'ɑ', 'ａ', '\uff41'],
  c: ['с', 'ϲ', 'ｃ'],
  e: ['е', 'ҽ', 'ｅ'],
  g: ['ɡ', 'ｇ'],
  i: ['і', 'ı', 'ｉ'],
  m: ['ｍ', 'м'],
  o: ['о', 'ο', 'ｏ', '0'],
  s: ['ѕ', 'ｓ', '5'],
  t: ['ｔ', 'т'],
  u: ['υ', 'ｕ'],
};

function registered(host: string): string {
  return host.split('.').slice(-2).join('.');
}

const inOwnNetwork = fc.oneof(
  fc.constantFrom('localhost', 'localhost.localdomain', 'intranet', 'metadata.google.internal'),
  fc.constantFrom('127.0.0.1', '127.1', '0.0.0.0', '2130706433', '0x7f000001', '0177.0.0.1'),
  fc.constantFrom('169.254.169.254', '[::1]', '[fd00:ec2::254]', '[::ffff:127.0.0.1]'),
  fc.ipV4(),
  fc.ipV6().map((address) => `[${address}]`),
  label.map((name) => `${name}.local`),
  label.map((name) => `zoom.us.${name}.internal`),
);

const place = fc.constantFrom(...real);

const disguises: fc.Arbitrary<string>[] = [
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}.${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}.${name}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${name}x${registered(host)}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${name}-${registered(host)}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}-${name}.com${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${name}.example/${host}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}@${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}:443@${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${name}@${host}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${name}:${name}@${host}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}\\.${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}%2f.${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}%00.${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}#@${name}.example${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `${host}?@${name}.example${path}`),
  fc
    .tuple(place, label)
    .map(([{ host, path }, name]) => `${name}.example/?u=https://${host}${path}`),
  fc
    .tuple(place, label)
    .map(
      ([{ host, path }, name]) =>
        `${name}.example/?u=${encodeURIComponent(`https://${host}${path}`)}`,
    ),
  fc
    .tuple(
      place,
      fc.integer({ min: 1, max: 65_535 }).filter((port) => port !== 443),
    )
    .map(([{ host, path }, port]) => `${host}:${port}${path}`),
  fc.tuple(place, label).map(([{ host, path }, name]) => `xn--${name}.${registered(host)}x${path}`),
  fc
    .tuple(place, fc.nat(), fc.nat())
    .map(([{ host, path }, at, which]) => `${doubled(host, at, which)}${path}`),
  fc.tuple(place, inOwnNetwork).map(([{ path }, host]) => `${host}${path}`),
  fc.tuple(place, inOwnNetwork).map(([{ host, path }, own]) => `${host}@${own}${path}`),
];

/** One letter of the registered name replaced by its double. */
function doubled(host: string, at: number, which: number): string {
  const start = host.length - registered(host).length;
  const places = host
    .split('')
    .flatMap((letter, index) => (index >= start && doubles[letter] !== undefined ? [index] : []));
  const index = places[at % places.length] ?? start;
  const choices = doubles[host[index] ?? ''] ?? ['x'];
  return `${host.slice(0, index)}${choices[which % choices.length]}${host.slice(index + 1)}`;
}

/** A link to a room on a host that is none of the tables', or not reached as they say. */
export const lookAlike: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('https://', 'HTTPS://'), fc.oneof(...disguises))
  .map(([scheme, rest]) => `${scheme}${rest}`);

/** Wraps links as mail systems do it, written from their descriptions and not from the code under test. */
export type Wrap = (url: string) => string;

const escaped = encodeURIComponent;

/** One after the other of the list in `notetaker-providers` 5.1. */
export const wraps: Record<string, Wrap> = {
  'Safe Links': (url) =>
    `https://eur01.safelinks.protection.outlook.com/?url=${escaped(url)}&data=05%7C02%7C%7C0&sdata=Zm9v%3D&reserved=0`,
  'Safe Links with a path': (url) =>
    `https://nam11.safelinks.protection.outlook.com/ap/t-59584e83/?url=${escaped(url)}&data=05&reserved=0`,
  'Safe Links of the government cloud': (url) =>
    `https://gcc02.safelinks.protection.office365.us/?url=${escaped(url)}&data=05`,
  'Proofpoint v1': (url) => `https://urldefense.proofpoint.com/v1/url?u=${escaped(url)}&k=a%0A&r=b`,
  'Proofpoint v2': (url) =>
    `https://urldefense.proofpoint.com/v2/url?u=${secondVersion(url)}&d=DwMFaQ&c=x&r=y&m=z&s=s&e=`,
  'Proofpoint v2 on the short host': (url) =>
    `https://urldefense.com/v2/url?u=${secondVersion(url)}&d=DwMFaQ&c=x`,
  'Proofpoint v3': thirdVersion,
  'Google q': (url) =>
    `https://www.google.com/url?q=${escaped(url)}&sa=D&source=calendar&usg=AOvVaw0`,
  'Google url': (url) => `https://www.google.co.uk/url?sa=t&url=${escaped(url)}`,
  Barracuda: (url) => `https://linkprotect.cudasvc.com/url?a=${escaped(url)}&c=E,1,x&typo=1`,
  Cisco: (url) => `https://secure-web.cisco.com/1aB_cD-eF/${escaped(url)}`,
  Slack: (url) => `https://slack-redir.net/link?url=${escaped(url)}`,
};

function secondVersion(url: string): string {
  return [...Buffer.from(url)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === '/') {
        return '_';
      }
      return /[A-Za-z0-9.]/.test(character)
        ? character
        : `-${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

const lengths = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Everything but letters, digits and the commonest punctuation goes into the list of bytes. */
function thirdVersion(url: string): string {
  const taken: Buffer[] = [];
  const template = url.replace(/[^A-Za-z0-9:/?=&._~-]+/g, (run) => {
    const bytes = Buffer.from(run);
    taken.push(bytes);
    let marks = '';
    for (let left = bytes.length; left > 0; ) {
      const length = Math.min(left, 65);
      marks += length === 1 ? '*' : `**${lengths[length - 2]}`;
      left -= length;
    }
    return marks;
  });
  const list = Buffer.concat(taken).toString('base64url');
  return `https://urldefense.com/v3/__${template}__;${list}!!AbC123!xyz-_9$`;
}

const classicPath = /^https:\/\/([a-z.]+)(\/(?:l\/meetup-join|meet)\/.+)$/;

/** Pages before a meeting, for links of Teams only; null for those of others. */
export const teamsWraps: Record<string, (url: string) => string | null> = {
  launcher: (url) =>
    around(url, (host, path) => {
      const page = escaped(`/_#${path}&anon=true`);
      return `https://${host}/dl/launcher/launcher.html?url=${page}&type=meetup-join&directDl=true`;
    }),
  'hash of the second version': (url) =>
    around(url, (host, path) => `https://${host}/v2/?meetingjoin=true#${path}`),
  'hash of the first version': (url) => around(url, (host, path) => `https://${host}/_#${path}`),
  'scheme of the app': (url) =>
    url.startsWith('https://teams.microsoft.com/')
      ? url.replace('https://teams.microsoft.com', 'msteams:')
      : null,
};

function around(url: string, page: (host: string, path: string) => string): string | null {
  const [, host, path] = classicPath.exec(url) ?? [];
  const isTeams = host?.includes('teams.') === true;
  return host === undefined || path === undefined || !isTeams ? null : page(host, path);
}

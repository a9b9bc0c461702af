import {
  isRoomName,
  type LinkParts,
  type MeetingRoom,
  queryText,
  type ShapeRule,
  secretOf,
} from './meeting-link-shapes.js';

/**
 * Services beside the three that every notetaker joins. Which of them one joins is for its
 * capabilities to say; only the two that were closed are joined by none, and are recognised so that
 * a person can be told why no notetaker comes.
 */
export const otherRooms: ShapeRule[] = [
  webexRoom,
  wherebyRoom,
  jitsiRoom,
  goToRoom,
  ringCentralRoom,
  blueJeansRoom,
  chimeRoom,
];

const webexOwnPages = new Set(['help', 'www', 'support', 'status', 'developer']);
const wherebyPages = new Set(
  (
    'about blog business careers contact customers developers download enterprise explore features ' +
    'help information integrations jobs legal login org partners press pricing privacy product ' +
    'products security signup solutions sso status support terms tos use-cases user'
  ).split(' '),
);
const goToPages = new Set(['install', 'launch', 'download', 'opener', 'join', 'meeting', 'login']);

function webexRoom({ host, segments, query }: LinkParts): MeetingRoom | null {
  const site = /^([a-z0-9-]+)\.webex\.com$/.exec(host)?.[1];
  if (site === undefined || webexOwnPages.has(site)) {
    return null;
  }
  const room = (path: string, identity: string): MeetingRoom => ({
    provider: 'webex',
    url: `https://${host}/${path}`,
    identity: `webex:${identity}`,
    joinable: true,
  });
  const [first, second] = segments;
  const meeting = query.get('MTID') ?? '';
  if (segments.length === 2 && isRoomName(first) && second === 'j.php') {
    return /^[A-Za-z0-9]{8,80}$/.test(meeting)
      ? room(`${first}/j.php?MTID=${meeting}`, meeting)
      : null;
  }
  if (segments.length === 2 && (first === 'meet' || first === 'join') && isRoomName(second)) {
    return room(`${first}/${second}`, `${site}/${second.toLowerCase()}`);
  }
  const path = segments.join('/');
  const download =
    /^wbxmjs\/joinservice\/sites\/[A-Za-z0-9.-]{1,100}\/meeting\/download\/([0-9a-f]{32})$/.exec(
      path,
    );
  return download?.[1] === undefined ? null : room(path, download[1]);
}

function wherebyRoom({ host, segments }: LinkParts): MeetingRoom | null {
  const match = /^(?:([a-z0-9-]+)\.)?whereby\.com$/.exec(host);
  const [name] = segments;
  if (match === null || segments.length !== 1 || !isRoomName(name)) {
    return null;
  }
  const organization = match[1] === 'www' ? undefined : match[1];
  const lower = name.toLowerCase();
  if (organization === undefined && wherebyPages.has(lower)) {
    return null;
  }
  const canonicalHost = organization === undefined ? 'whereby.com' : host;
  return other({
    host: canonicalHost,
    path: name,
    identity: `whereby:${organization ?? ''}/${lower}`,
  });
}

function jitsiRoom({ host, segments }: LinkParts): MeetingRoom | null {
  const expected = host === 'meet.jit.si' ? 1 : host === '8x8.vc' ? 2 : 0;
  if (expected === 0 || segments.length !== expected || !segments.every(isRoomName)) {
    return null;
  }
  const path = segments.join('/');
  return other({ host, path, identity: `jitsi:${host}/${path.toLowerCase()}` });
}

function goToRoom({ host, segments }: LinkParts): MeetingRoom | null {
  const hosts = ['meet.goto.com', 'app.goto.com', 'global.gotomeeting.com', 'gotomeet.me'];
  const [first] = segments;
  const hasPrefix = segments.length === 2 && (first === 'join' || first === 'meeting');
  const name = hasPrefix ? segments[1] : first;
  if (!hosts.includes(host) || segments.length !== (hasPrefix ? 2 : 1)) {
    return null;
  }
  if (name !== undefined && /^\d{9}$/.test(name)) {
    return other({ host: 'meet.goto.com', path: name, identity: `goto:${name}` });
  }
  const hasNames = host === 'meet.goto.com' || host === 'gotomeet.me';
  if (
    !hasNames ||
    segments.length !== 1 ||
    !isRoomName(name) ||
    goToPages.has(name.toLowerCase())
  ) {
    return null;
  }
  return other({ host, path: name, identity: `goto:${name.toLowerCase()}` });
}

function ringCentralRoom({ host, segments, query }: LinkParts): MeetingRoom | null {
  const shape =
    host === 'v.ringcentral.com'
      ? { path: 'join', secret: 'pw' }
      : host === 'meetings.ringcentral.com'
        ? { path: 'j', secret: 'pwd' }
        : null;
  const [first, id] = segments;
  if (
    shape === null ||
    segments.length !== 2 ||
    first !== shape.path ||
    !/^\d{9,12}$/.test(id ?? '')
  ) {
    return null;
  }
  const passcode = secretOf({ query, name: shape.secret });
  if (passcode === undefined) {
    return null;
  }
  const search = queryText([[shape.secret, passcode]]);
  return other({ host, path: `${first}/${id}${search}`, identity: `ringcentral:${id}` });
}

function blueJeansRoom({ host, segments }: LinkParts): MeetingRoom | null {
  const [id] = segments;
  const isMeeting = segments.length > 0 && segments.length <= 2;
  if (
    host !== 'bluejeans.com' ||
    !isMeeting ||
    !segments.every((part) => /^\d{3,12}$/.test(part))
  ) {
    return null;
  }
  return other({ host, path: segments.join('/'), identity: `bluejeans:${id}`, isClosed: true });
}

function chimeRoom({ host, segments }: LinkParts): MeetingRoom | null {
  const id =
    host === 'chime.aws' && segments.length === 1
      ? segments[0]
      : host === 'app.chime.aws' && segments.length === 2 && segments[0] === 'meetings'
        ? segments[1]
        : undefined;
  if (id === undefined || !/^\d{10,13}$/.test(id)) {
    return null;
  }
  return other({ host: 'chime.aws', path: id, identity: `chime:${id}`, isClosed: true });
}

function other({
  host,
  path,
  identity,
  isClosed = false,
}: {
  host: string;
  path: string;
  identity: string;
  isClosed?: boolean;
}): MeetingRoom {
  return { provider: 'other', url: `https://${host}/${path}`, identity, joinable: !isClosed };
}

import {
  isRoomName,
  type LinkParts,
  type MeetingRoom,
  queryText,
  secretOf,
} from './meeting-link-shapes.js';

const domain =
  /^(?:([a-z0-9-]+(?:\.[a-z0-9-]+)*)\.)?(zoom\.us|zoomgov\.com|zoom-x\.de|zoom\.com\.cn)$/;
const meetingId = /^\d{9,11}$/;
/** Parts of Zoom that hold no meetings. */
const otherServices = new Set(['events', 'ev', 'support']);
/** Hosts of Zoom's own web pages, on which every meeting also answers without them. */
const plainSubdomains = new Set(['app', 'www']);

/** Zoom: `/j/`, `/w/`, `/s/`, `/my/`, the web client's `/wc/…`; keeps `pwd` and `tk`, never `zak`. */
export function zoomRoom({ host, segments, query }: LinkParts): MeetingRoom | null {
  const canonicalHost = canonicalHostOf(host);
  if (canonicalHost === null) {
    return null;
  }
  const passcode = secretOf({ query, name: 'pwd' });
  const token = secretOf({ query, name: 'tk' });
  const path = canonicalPathOf(segments, query);
  if (passcode === undefined || token === undefined || path === null) {
    return null;
  }
  const search = queryText([
    ['pwd', passcode],
    ['tk', token],
  ]);
  return {
    provider: 'zoom',
    url: `https://${canonicalHost}/${path.kind}/${path.name}${search}`,
    identity: path.kind === 'my' ? `zoom:my/${path.name.toLowerCase()}` : `zoom:${path.name}`,
    joinable: true,
  };
}

/** Any host of Zoom, also one that holds no meetings. */
export function isZoomHost(host: string): boolean {
  return host === 'zoom.com' || domain.test(host);
}

function canonicalHostOf(host: string): string | null {
  if (host === 'zoom.com') {
    return 'zoom.us';
  }
  const match = domain.exec(host);
  const base = match?.[2];
  if (base === undefined) {
    return null;
  }
  const subdomain = match?.[1];
  if (subdomain === undefined || plainSubdomains.has(subdomain)) {
    return base;
  }
  return otherServices.has(subdomain) ? null : host;
}

function canonicalPathOf(
  segments: string[],
  query: Map<string, string>,
): { kind: 'j' | 'w' | 'my'; name: string } | null {
  const [first, second, third] = segments;
  // The app's own links: zoommtg://zoom.us/join?confno=…
  if (first === 'join' && segments.length === 1) {
    const id = query.get('confno') ?? '';
    return meetingId.test(id) ? { kind: 'j', name: id } : null;
  }
  if (first === 'wc' && segments.length === 3) {
    const id =
      second === 'join' ? third : third === 'join' || third === 'start' ? second : undefined;
    return id !== undefined && meetingId.test(id) ? { kind: 'j', name: id } : null;
  }
  if (segments.length !== 2 || second === undefined) {
    return null;
  }
  if (first === 'my') {
    return isRoomName(second) ? { kind: 'my', name: second } : null;
  }
  if (!meetingId.test(second)) {
    return null;
  }
  if (first === 'j' || first === 's') {
    return { kind: 'j', name: second };
  }
  return first === 'w' ? { kind: 'w', name: second } : null;
}

import { BlockList, isIP } from 'node:net';
import { parseUrl } from './parse-url.js';

/** Names that mean this machine or a private network (RFC 6761, 6762, 8375, ICANN's `.internal`). */
const privateSuffixes = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'onion',
  'alt',
  'test',
  'example',
  'invalid',
];

const hostName =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * An address from data to which something may be sent: https, with a public host name, no IP address
 * and no user name. Null for any other. What the name leads to is checked when it is connected.
 */
export function publicWebUrl(text: string): URL | null {
  const url = parseUrl(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    return null;
  }
  const host = url.hostname.replace(/\.$/, '');
  if (isIP(host) !== 0 || !hostName.test(host)) return null;
  return privateSuffixes.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
    ? null
    : url;
}

/** Of IPv4, what IANA's registry of special addresses does not call globally reachable. */
const specialIpv4 = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  specialIpv4.addSubnet(network, prefix, 'ipv4');
}

/** Of IPv6 only global unicast counts, without what wraps IPv4 (6to4, Teredo) or is for examples. */
const globalIpv6 = new BlockList();
globalIpv6.addSubnet('2000::', 3, 'ipv6');
const specialIpv6 = new BlockList();
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  specialIpv6.addSubnet(network, prefix, 'ipv6');
}

/** Whether an IP address is on the public internet. False for text that is no IP address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialIpv4.check(address, 'ipv4');
    case 6:
      return globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}

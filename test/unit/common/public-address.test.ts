import { isPublicAddress, publicWebUrl } from '../../../common/public-address.js';

describe('an address from data', () => {
  it.each([
    'http://hooks.acme.com/x',
    'ftp://hooks.acme.com/x',
    'https://127.0.0.1/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://0177.0.0.1/x',
    'https://[::1]/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://localhost/x',
    'https://app.localhost./x',
    'https://intranet/x',
    'https://db.internal/x',
    'https://printer.local/x',
    'https://nas.home.arpa/x',
    'https://user:pass@hooks.acme.com/x',
    'https://metadata.google.internal/computeMetadata/v1/',
    'https://169.254.169.254/latest/meta-data',
    'javascript:alert(1)',
    'not a url',
    '',
  ])('is not one to send to: %s', (text) => {
    expect(publicWebUrl(text)).toBeNull();
  });

  it.each([
    'https://hooks.acme.com/in?key=1',
    'https://hooks.acme.com:8443/',
    'https://bücher.de/',
  ])('is one to send to: %s', (text) => {
    expect(publicWebUrl(text)?.protocol).toBe('https:');
  });
});

describe('an IP address', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'no address',
  ])('of a network of our own or of none is not public: %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '192.167.255.255', '2606:4700::1111', '2a00:1450::200e'])(
    'of the internet is: %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { freePort, portAnswers, portIsFree } from '../../../sandbox/servers/ports.js';

describe('ports', () => {
  it('gives another one when the preferred one is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    expect(await portIsFree(port)).toBe(false);
    expect(await portAnswers(port)).toBe(true);
    const other = await freePort(port);
    expect(other).not.toBe(port);
    expect(await portIsFree(other)).toBe(true);

    server.close();
    await once(server, 'close');
    expect(await portAnswers(port)).toBe(false);
    expect(await freePort(port)).toBe(port);
  });
});

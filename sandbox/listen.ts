import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface Listening {
  /** `http://127.0.0.1:{port}`, without a slash at the end. */
  url: string;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/** Serves on loopback only; port 0 or none: any free one. */
export async function listen({
  app,
  port,
}: {
  app: Express;
  port?: number | undefined;
}): Promise<Listening> {
  const server = createServer(app);
  server.listen(port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

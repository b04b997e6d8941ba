import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((settle) => probe.listen(0, '127.0.0.1', settle));
  const { port } = probe.address() as AddressInfo;
  await new Promise((settle) => probe.close(settle));
  return port;
}

/** A network that can carry nothing for a while. */
export interface Network {
  /** Where it leads from. */
  port: number;
  cut(): void;
  mend(): void;
  /** Ends every connection; new ones are taken. */
  drop(): void;
  /** Leads to another port from now on, as an address does that moves: who is connected is cut off. */
  leadTo(port: number): void;
  end(): void;
}

/** What stands between us and a server, and can hold back all that is sent. */
export async function networkTo(port: number): Promise<Network> {
  const sockets = new Set<Socket>();
  let [isCut, target] = [false, port];
  const listening = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      if (isCut) from.pause();
    }
  });
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const own = await freePort();
  await new Promise<void>((settle) => listening.listen(own, '127.0.0.1', settle));
  return {
    port: own,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    mend: () => {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    drop,
    leadTo: (other) => {
      target = other;
      drop();
    },
    end: () => {
      drop();
      listening.close();
    },
  };
}

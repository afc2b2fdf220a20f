/**
 * The connection of a mail client: its socket, which TLS replaces, and what is known of both ends. A proxy's connection
 * counts as its client's once `takeProxy` has read its header.
 */
import {isIPv6, type Socket} from 'node:net';
import {TLSSocket, type TLSSocketOptions} from 'node:tls';
import {takeProxyHeader} from '../../net/take-proxy-header.ts';

export class ClientSocket {
  #stream: Socket;
  remoteAddress: string;
  remotePort: number;
  localAddress: string;
  localPort: number;
  #tls: TLSSocket | undefined;

  constructor(socket: Socket) {
    this.#stream = socket;
    socket.on('error', () => undefined); // of a connection that is lost, its reader hears by `close`
    this.remoteAddress = plainAddress(socket.remoteAddress);
    this.remotePort = socket.remotePort ?? 0;
    this.localAddress = plainAddress(socket.localAddress);
    this.localPort = socket.localPort ?? 0;
  }

  /** What is read from and written to now. */
  get stream(): Socket {
    return this.#stream;
  }

  get tls(): TLSSocket | undefined {
    return this.#tls;
  }

  /** Of the machine itself, or encrypted: nobody listens. */
  get isSecured(): boolean {
    return this.#tls !== undefined || (this.remoteAddress !== '' && this.remoteAddress === this.localAddress);
  }

  /** False: it is none, and the log has been told; the connection is to be closed. */
  async takeProxy(seconds: number, warn: (text: string) => void): Promise<boolean> {
    const answer = await takeProxyHeader(this.#stream, [4, 6], seconds);
    if (answer.kind === 'fault') {
      warn(answer.text);
      return false;
    }
    const {connection} = answer;
    if (connection === undefined) return true;
    this.remoteAddress = connection.clientAddress;
    this.remotePort = connection.clientPort;
    this.localAddress = connection.serverAddress;
    this.localPort = connection.serverPort;
    return true;
  }

  /** Resolves when the handshake is through; rejects with what broke it. */
  startTls(options: TLSSocketOptions, milliseconds: number): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const tls = new TLSSocket(this.#stream, {...options, isServer: true});
      const timer = setTimeout(
        () => tls.destroy(new Error('Disconnected: Inactivity during TLS handshake')),
        milliseconds,
      );
      const fail = (fault?: Error): void => {
        clearTimeout(timer);
        reject(fault ?? new Error('Connection closed'));
        tls.destroy();
      };
      tls.on('error', fail).on('close', () => fail());
      tls.once('secure', () => {
        clearTimeout(timer);
        tls.off('error', fail).removeAllListeners('close');
        tls.on('error', () => undefined);
        this.#stream = tls;
        this.#tls = tls;
        resolve(tls);
      });
    });
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

/** IPv4 stays IPv4, on whatever socket it came. */
function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return isIPv6(address) && address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

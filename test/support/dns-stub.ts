/**
 * A DNS server on a loopback address for tests, over UDP and TCP:
 *
 *     const dns = await DnsStub.start({
 *       'example.net': {MX: [[10, 'mx1.example.net'], [20, 'mx2.example.net']]},
 *       'mx1.example.net': {A: ['127.0.0.1']},
 *       'mx2.example.net': '@servfail',
 *       '127.0.0.9': {PTR: ['client.example.net']},
 *     });
 *     ... posthorn_dns_servers = ${dns.server} ...
 *     await dns.stop();
 *
 * What it was asked is in `questions`; `add` and `remove` change its zone at once.
 */
import {createSocket, type RemoteInfo, type Socket as UdpSocket} from 'node:dgram';
import {createServer, type Server, type Socket} from 'node:net';
import {once} from 'node:events';
import {
  AUTHENTIC_DATA,
  decode,
  encode,
  type Packet,
  RECURSION_AVAILABLE,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type DecodedPacket,
  type Question,
} from 'dns-packet';
import {type Zone, ZoneData, type ZoneFault} from './dns-zone.ts';

export interface AskedQuestion {
  readonly name: string;
  readonly type: string;
  readonly over: 'udp' | 'tcp';
  readonly wantsSecure: boolean;
}

/** What UDP carries without EDNS (RFC 1035 section 4.2.1). */
const PLAIN_UDP_SIZE = 512;
const RCODES: Readonly<Partial<Record<ZoneFault, number>>> = {
  '@formerr': 1,
  '@servfail': 2,
  '@nxdomain': 3,
  '@notimp': 4,
  '@refused': 5,
};

export class DnsStub {
  readonly questions: AskedQuestion[] = [];
  /** `127.0.0.1:40153` */
  readonly server: string;
  readonly port: number;
  /** Every answer waits this long. */
  delayMs = 0;
  readonly #zone = new ZoneData();
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  /** `at`: another loopback address or port than the next free one of 127.0.0.1. */
  static async start(zone: Zone = {}, at: {address?: string; port?: number} = {}): Promise<DnsStub> {
    const address = at.address ?? '127.0.0.1';
    for (let attempt = 0; ; attempt++) {
      const tcp = createServer();
      tcp.listen(at.port ?? 0, address);
      await once(tcp, 'listening');
      const place = tcp.address();
      const port = typeof place === 'object' && place !== null ? place.port : 0;
      const udp = createSocket('udp4');
      try {
        udp.bind(port, address);
        await once(udp, 'listening');
        return new DnsStub(zone, udp, tcp, `${address}:${port}`, port);
      } catch (fault) {
        tcp.close(); // the UDP port of that number is somebody else's
        if (attempt === 10 || at.port !== undefined) throw fault;
      }
    }
  }

  private constructor(zone: Zone, udp: UdpSocket, tcp: Server, server: string, port: number) {
    this.#udp = udp;
    this.#tcp = tcp;
    this.server = server;
    this.port = port;
    this.#zone.add(zone);
    udp.on('message', (bytes, from) => this.#onDatagram(bytes, from));
    tcp.on('connection', socket => this.#onConnection(socket));
  }

  /** Adds names, or replaces them. */
  add(zone: Zone): void {
    this.#zone.add(zone);
  }

  remove(name: string): void {
    this.#zone.remove(name);
  }

  /** How often a name was asked for, whatever the type unless one is given. */
  count(name: string, type?: string): number {
    return this.questions.filter(asked => asked.name === name && (type === undefined || asked.type === type)).length;
  }

  async stop(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    const closed = [once(this.#tcp, 'close'), once(this.#udp, 'close')];
    this.#tcp.close();
    this.#udp.close();
    await Promise.all(closed);
  }

  #onDatagram(bytes: Buffer, from: RemoteInfo): void {
    const answer = this.#answer(bytes, 'udp');
    if (answer === undefined) return;
    this.#inTime(() => {
      if (this.#tcp.listening) this.#udp.send(answer, from.port, from.address);
    });
  }

  #inTime(send: () => void): void {
    if (this.delayMs > 0) setTimeout(send, this.delayMs);
    else send();
  }

  #onConnection(socket: Socket): void {
    this.#connections.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('close', () => this.#connections.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('data', bytes => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const end = 2 + pending.readUInt16BE(0);
        const answer = this.#answer(pending.subarray(2, end), 'tcp');
        pending = pending.subarray(end);
        if (answer === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        this.#inTime(() => socket.write(Buffer.concat([length, answer])));
      }
    });
  }

  #answer(bytes: Buffer, over: 'udp' | 'tcp'): Buffer | undefined {
    const query = decodeQuery(bytes);
    const question = query?.questions?.[0];
    if (query === undefined || question === undefined) return undefined;
    const edns = query.additionals?.find(record => record.type === 'OPT');
    const wantsSecure = query.flag_ad || edns?.flag_do === true;
    this.questions.push({name: question.name, type: question.type, over, wantsSecure});
    const limit = over === 'tcp' ? 65_535 : (edns?.udpPayloadSize ?? PLAIN_UDP_SIZE);
    const found = this.#zone.answer(question.name, question.type);
    if (found.kind === 'fault') return faultyAnswer(query, question, found.fault);
    const reply = replyTo(query, question, found.exists ? 0 : 3);
    reply.answers = [...found.answers];
    reply.flags = (reply.flags ?? 0) | (found.secure && wantsSecure ? AUTHENTIC_DATA : 0);
    const whole = encode(reply);
    if (whole.length <= limit && !(found.truncated && over === 'udp')) return whole;
    return encode({...reply, answers: [], flags: (reply.flags ?? 0) | TRUNCATED_RESPONSE});
  }
}

function decodeQuery(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined; // noise: a server says nothing to it
  }
}

/** `rcode` goes into the low bits of the flags, where the encoder leaves it. */
function replyTo(query: DecodedPacket, question: Question, rcode: number): Packet {
  const flags = RECURSION_AVAILABLE | RECURSION_DESIRED | rcode;
  return {type: 'response', id: query.id ?? 0, flags, questions: [question]};
}

function faultyAnswer(query: DecodedPacket, question: Question, fault: ZoneFault): Buffer | undefined {
  if (fault === '@timeout') return undefined;
  if (fault === '@garbage') return Buffer.from('no answer at all, only words', 'latin1');
  if (fault === '@wrong-id') return encode({...replyTo(query, question, 3), id: ((query.id ?? 0) + 1) & 0xffff});
  if (fault !== '@short') return encode(replyTo(query, question, RCODES[fault] ?? 2));
  const whole = encode({
    ...replyTo(query, question, 0),
    answers: [{name: question.name, type: 'A', data: '127.0.0.1'}],
  });
  return whole.subarray(0, whole.length - 2);
}

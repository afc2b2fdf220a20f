/** Opens a TCP or unix-domain connection. Never throws: what went wrong is answered in the C library's words. */
import {connect, type Socket} from 'node:net';
import {systemCode, describe} from '../../base/errors.ts';

export type SocketTarget =
  | {readonly kind: 'inet'; readonly address: string; readonly port: number; readonly localAddress?: string | undefined}
  | {readonly kind: 'unix'; readonly path: string};

export type SocketResult =
  | {readonly kind: 'open'; readonly socket: Socket}
  /** `isBind`: it was our own address that could not be used. */
  | {readonly kind: 'failed'; readonly text: string; readonly isBind: boolean};

/** `timeoutSeconds` 0: what the system allows. */
export function connectSocket(target: SocketTarget, timeoutSeconds: number): Promise<SocketResult> {
  return new Promise(resolve => {
    const socket = open(target);
    const settle = (result: SocketResult): void => {
      clearTimeout(timer);
      socket.off('error', onError).off('connect', onConnect);
      resolve(result);
    };
    const fail = (text: string, isBind: boolean): void => {
      settle({kind: 'failed', text, isBind});
      socket.on('error', () => undefined).destroy(); // it has failed already
    };
    const onError = (fault: Error): void => fail(describe(fault), isBindFault(fault));
    const onConnect = (): void => {
      socket.setNoDelay(true);
      settle({kind: 'open', socket});
    };
    const timer =
      timeoutSeconds > 0 ? setTimeout(() => fail('Connection timed out', false), timeoutSeconds * 1000) : undefined;
    socket.on('error', onError).on('connect', onConnect);
  });
}

function open(target: SocketTarget): Socket {
  if (target.kind === 'unix') return connect({path: target.path});
  const {address, port, localAddress} = target;
  return connect({host: address, port, ...(localAddress === undefined ? {} : {localAddress})});
}

function isBindFault(fault: Error): boolean {
  return systemCode(fault) !== undefined && 'syscall' in fault && fault.syscall === 'bind';
}

/**
 * The server's side of a mechanism: a dialog that yields challenges, is resumed with the client's responses, and returns how it
 * ended.
 */
import type {LoginEnd, LoginRequest} from './login-request.ts';

export type ServerDialog = AsyncGenerator<Buffer, LoginEnd, Buffer>;

/** `initial`: undefined when the client sent none. */
export type ServerMechanism = (request: LoginRequest, initial: Buffer | undefined) => ServerDialog;

export const EMPTY = Buffer.alloc(0);

/**
 * SASL (RFC 4422) as protocols see it: a server that proves who a client is, and a client that proves who we are. Bytes
 * in and out are raw; base64 is the protocol's business.
 */

/** What a server is told of the connection (Dovecot's auth protocol has the same). */
export interface SaslConnection {
  /** `smtp`, `submission`, `imap`. */
  readonly service: string;
  readonly clientAddress: string;
  readonly serverAddress: string;
  readonly clientPort?: number | undefined;
  readonly serverPort?: number | undefined;
  readonly isEncrypted: boolean;
  /** Subject name of a client certificate that verified: what EXTERNAL proves. */
  readonly certificateName?: string | undefined;
  /** Of the login's session, for the log: what stands in `session=<...>`. */
  readonly session?: string | undefined;
  /** Name that the client connected to (SNI). */
  readonly localName?: string | undefined;
  /** Whoever asks makes its clients wait itself. */
  readonly isExemptFromPenalty?: boolean | undefined;
}

export type SaslStep =
  | {readonly kind: 'continue'; readonly challenge: Buffer}
  /** `username`: who it is now. `final`: data that goes with success (SCRAM), '' mostly. */
  | {
      readonly kind: 'done';
      readonly username: string;
      readonly final?: Buffer | undefined;
      /** What the accounts say of this login, where they are our own. */
      readonly login?: AcceptedLogin | undefined;
    }
  /** `reason` goes to the log, '' when the backend gave none; `isTemporary`: not the client's fault. */
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly isTemporary: boolean;
      readonly username?: string | undefined;
      /** Where the accounts are our own: why, as far as a client may know, and what they say of the user. */
      readonly code?: FailureCode | undefined;
      readonly fields?: ReadonlyMap<string, string> | undefined;
    };

export type FailureCode = 'temp_fail' | 'authz_fail' | 'user_disabled' | 'pass_expired';

/** A login that succeeded, with what the passdb says of it: `nologin`, `reason`, `proxy`... */
export interface AcceptedLogin {
  readonly username: string;
  /** As the client gave it. */
  readonly originalUser: string;
  readonly masterUser: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
  /** Where the user's mail is; prefetched fields count. */
  user(): Promise<UserLookup>;
}

export type UserLookup =
  | {readonly kind: 'found'; readonly user: UserRecord}
  | {readonly kind: 'unknown'}
  /** Could not be looked up; the log has it. */
  | {readonly kind: 'broken'};

/** What the userdbs say of a user. Numbers and texts as they are kept in `fields` too, in order. */
export interface UserRecord {
  readonly username: string;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly home: string | undefined;
  /** Takes the place of mail_location. */
  readonly mail: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

/** One attempt of one client. */
export interface SaslExchange {
  /** `response`: undefined at the beginning when the client sent no initial response. */
  step(response: Buffer | undefined): Promise<SaslStep>;
  /** The client gave up or went away. */
  cancel(): void;
}

export interface SaslServer {
  /** Waits until `mechanisms` can be answered, at the beginning of a session; undefined: it always can. Never rejects. */
  ready?(): Promise<void>;
  /** Names as announced, in order, for a connection in this state; empty: authentication is not possible now. */
  mechanisms(isEncrypted: boolean): readonly SaslMechanism[];
  /** undefined: no such mechanism. */
  begin(mechanism: string, connection: SaslConnection): SaslExchange | undefined;
  close(): void;
}

/** A mechanism with Dovecot's properties, which smtpd_sasl_security_options filters by. */
export interface SaslMechanism {
  readonly name: string;
  readonly isPlaintext: boolean;
  readonly isAnonymous: boolean;
  readonly isDictionaryProne: boolean;
  readonly isActiveProne: boolean;
  readonly hasForwardSecrecy: boolean;
  readonly isMutual: boolean;
}

/** Our side as a client. */
export interface SaslClientExchange {
  readonly mechanism: string;
  /** undefined: no initial response. */
  readonly initial: Buffer | undefined;
  /** Throws `Refusal` when the challenge can't be answered. A promise where deriving a key takes time (SCRAM). */
  respond(challenge: Buffer): Buffer | Promise<Buffer>;
  /** Success counts: false as long as a server that has to prove itself (SCRAM, DIGEST-MD5) has not done so. */
  isComplete(): boolean;
}

import type {SaslServer} from './sasl.ts';
/** Stand-in until SASL is joined. */
export function openSaslServer(..._given: unknown[]): SaslServer | undefined {
  return undefined;
}

/** Why the addresses of a message could not be mapped: the message is not accepted, and may be handed in again later. */
import {TableError} from '../table/table.ts';

/** `message` is what the log says behind the queue id. */
export class MappingError extends TableError {
  constructor(table: string, what: string, options?: ErrorOptions) {
    super(table, `${what} -- message not accepted, try again later`, options);
  }
}

export function asMappingError(fault: TableError, title: string, address: string): MappingError {
  return new MappingError(title, `${title} map lookup problem for ${address}`, {cause: fault});
}

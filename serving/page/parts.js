/** Which parts of the service are there: what the others are for is not offered. */

import { Failure, getHealth } from "./api.js";

let asked = null;

/** Whether a system has this role here, working or not; asked once a visit. */
export async function has(role) {
  asked ??= getHealth();
  try {
    const { systems } = await asked;
    return Object.values(systems).some((system) => system.role === role && system.status !== "missing");
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    asked = null; // the next place asks again
    return false;
  }
}

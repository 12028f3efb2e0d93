/** Hooks, actions, and what the caller gets whose message leads to the hook. The first that matches counts. */
type Rule = readonly [sites: RegExp, actions: RegExp, outcome: RegExp];

const NO_CONTEXT = /^(state|migrate)$/;
const START = /^(onCreate|vars|onWake)$/;
const BESIDE = /^(run|task)$/;
const QUEUE = /^queue message$/;
const HANDLER = /^asked handler$/;

const THROWN = /^(throw|reject|return a thenable)|, then throw$/;
const REFUSED =
  /^(await ref\.|await a send|ask its own key$)|^kv\.put of|^db |^keepAwake of a rejection$/;
const DESTROYED = /destroy/;
const KILLED = /^kill|then kill$/;
const UNSTORED = /^set a state/;

const RULES: readonly Rule[] = [
  // No caller waits for what these do.
  [/^(on(Sleep|Destroy|Failure)|told handler|timer|schedule)$/, /./, /^ok$/],

  [NO_CONTEXT, /^(await )?(ref|system)\.destroy/, /^ERR_ACTOR_DESTROYED$/],
  [NO_CONTEXT, /^kill/, /^ERR_ACTOR_KILLED$/],
  [NO_CONTEXT, /then getter throws$/, /^ERR_STATE_INVALID$/],
  [NO_CONTEXT, /^(saveState|set|c\.)/, /^ok$/],
  // A promise is no state.
  [
    NO_CONTEXT,
    /^(throw|reject|never|await|return)|^shutdown, then|key$/,
    /^(ERR_START_FAILED|ok)$/,
  ],

  [START, KILLED, /^ERR_ACTOR_KILLED$/],
  [START, DESTROYED, /^ERR_ACTOR_DESTROYED$/],
  [START, /^never|^await shutdown$/, /^ERR_ASK_TIMEOUT$/],
  [/^vars$/, /then getter throws$/, /^ok$/], // of any type
  [START, THROWN, /^ERR_START_FAILED$/],
  [START, /then getter throws$/, /^ERR_START_FAILED$/],
  [START, REFUSED, /^ERR_START_FAILED$/],

  [HANDLER, /^never|^await shutdown$/, /^ERR_ASK_TIMEOUT$/],
  [HANDLER, KILLED, /^ERR_ACTOR_KILLED$/],
  [HANDLER, THROWN, /^(a failure of the scenario|rejected|frozen|just a text|hostile)$/],
  [HANDLER, /then getter throws$/, /^a failure of the scenario$/],
  [HANDLER, /^await (ref|system)/, /^ERR_SELF_STOP$/],
  [HANDLER, /^(await a send|ask its own key$)/, /^ERR_SELF_ASK$/],
  [HANDLER, /^kv\.put of/, /^ERR_STATE_INVALID$/],
  [HANDLER, /^db /, /^ERR_NO_DATABASE$/],
  [HANDLER, /^keepAwake of a rejection$/, /^kept$/],
  [HANDLER, UNSTORED, /^ERR_STATE_INVALID$/],
  [HANDLER, /^a task that throws$/, /^(ok|ERR_REPLY_LOST)$/],

  [BESIDE, KILLED, /^(ok|ERR_ACTOR_KILLED)$/],
  [/^run$/, DESTROYED, /^(ok|ERR_ACTOR_DESTROYED)$/],
  // The failure of a task comes before or after the commit of the message.
  [BESIDE, THROWN, /^(ok|ERR_REPLY_LOST)$/],
  [BESIDE, /then getter throws$/, /^(ok|ERR_REPLY_LOST)$/],
  [BESIDE, REFUSED, /^(ok|ERR_REPLY_LOST)$/],
  [BESIDE, /^a task that throws$/, /^(ok|ERR_REPLY_LOST)$/],

  [QUEUE, /^never|^await shutdown$/, /^ERR_ASK_TIMEOUT$/],
  [QUEUE, /^c\.sleep, then throw$|^await ref\.sleep$/, /^ERR_ACTOR_STOPPED$/],
  [QUEUE, /destroy, then throw$|^await (ref|system)\.destroy$/, /^ERR_ACTOR_DESTROYED$/],
  [QUEUE, KILLED, /^ERR_ACTOR_KILLED$/],
  [QUEUE, UNSTORED, /^ERR_STATE_INVALID$/],
  [QUEUE, /^a task that throws$/, /^(ok|ERR_LIFE_OVER)$/],

  // The next handler finds a state that it cannot use, or one that cannot be stored.
  [/./, UNSTORED, /^(ok|ERR_STATE_INVALID|Cannot perform 'get')/],
  [/./, /^freeze the state$/, /^(ok|Cannot assign to read only)/],
  [/./, /./, /^ok$/],
];

/** Returns what an action in a hook may lead to. */
export function outcomeOfAction(site: string, action: string): RegExp {
  const rule = RULES.find(([sites, actions]) => sites.test(site) && actions.test(action));
  return rule?.[2] ?? /^ok$/;
}

// id in the sprite: name of the Lucide drawing
const same = (names) => Object.fromEntries(names.map((name) => [name, name]));

export const ICONS = {
  home: "house",
  help: "circle-question-mark",
  warning: "triangle-alert",
  error: "circle-alert",
  success: "circle-check",
  ...same(`
    accessibility arrow-left arrow-left-right arrow-right ban bell building-2 calendar check chevron-down
    chevron-right chevrons-up-down circle-x clock compass cookie copy download external-link eye eye-off
    file-check file-text fingerprint-pattern flag globe history id-card image inbox info key key-round languages
    life-buoy link list list-filter lock log-in log-out mail mail-check map-pin menu message-square minus
    monitor pencil phone plus printer receipt refresh-cw scale search send settings shield-check smartphone
    trash-2 undo-2 upload user user-cog user-minus user-plus users x
  `.trim().split(/\s+/)),
};

// Status shapes are ours: 12 x 12, read without color
export const SHAPES = {
  dot: '<circle cx="6" cy="6" r="4.25" fill="currentColor"/>',
  half: '<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.75"/><path d="M6 1.5a4.5 4.5 0 0 0 0 9z" fill="currentColor"/>',
  triangle: '<path d="M6 1 11.5 11H.5z" fill="currentColor"/>',
  square: '<rect x="1.75" y="1.75" width="8.5" height="8.5" rx="1" fill="currentColor"/>',
  cross: '<path d="m2 2 8 8M10 2l-8 8" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"/>',
  ring: '<circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.75" stroke-dasharray="2 1.53"/>',
  check: '<path d="m1.5 6.5 3 3 6-7" fill="none" stroke="currentColor" stroke-width="2.25" stroke-linecap="round" stroke-linejoin="round"/>',
};

// One bundle. Every page works without it; it shortens the way and keeps the session alive.
import { startForms } from "./forms.js";
import { startHtmx } from "./htmx.js";
import { startMenus } from "./menus.js";
import { startSession } from "./session.js";
import { startWidgets } from "./widgets.js";

startWidgets();
startForms();
startMenus();
startHtmx();
startSession();

// Everything a page needs beyond HTML. Each module finds its own elements; none is needed for the page to work.
import "./theme.js";
import "./time.js";
import "./keyboard.js";
import "./palette.js";
import "./flash.js";
import "./copy.js";
import "./list.js";
import "./live.js";
import "./preview.js";
import "./pick.js";

document.documentElement.classList.add("js");

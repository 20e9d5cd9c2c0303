// The USWDS widgets in use. Listeners go on the body once; what arrives later is only initialized.
import characterCount from "@uswds/uswds/js/usa-character-count";
import comboBox from "@uswds/uswds/js/usa-combo-box";
import datePicker from "@uswds/uswds/js/usa-date-picker";

const WIDGETS = [characterCount, comboBox, datePicker];

export function initialize(root) {
  for (const widget of WIDGETS) widget.init(root);
}

export function startWidgets() {
  for (const widget of WIDGETS) widget.on(document.body);
}

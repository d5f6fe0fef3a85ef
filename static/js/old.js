/* For browsers that cannot run the application: says so instead of a blank page. Written in the JavaScript of 2009, for it
   must run where nothing else does. app.js sets data-started when it runs. */
(function () {
  'use strict';
  var wanted = window.CSS && CSS.supports && CSS.supports('color', 'light-dark(#000, #fff)') && window.HTMLDialogElement &&
    HTMLElement.prototype.showPopover;
  /** @param {string} text */
  var say = function (text) {
    var root = document.body.firstElementChild;
    var box = document.createElement('div');
    var title = document.createElement('h1');
    var words = document.createElement('p');
    box.className = 'plain-notice';
    title.appendChild(document.createTextNode('Athanor'));
    words.appendChild(document.createTextNode(text));
    box.appendChild(title);
    box.appendChild(words);
    document.body.insertBefore(box, root);
  };
  if (!wanted) {
    say('This browser is older than Athanor can work with. Chrome or Edge 123, Firefox 125, Safari 17.5 and anything newer will do. ' +
      'Your runs are not affected, and the REST interface works from any program.');
    return;
  }
  window.addEventListener('load', function () {
    window.setTimeout(function () {
      if (!document.documentElement.hasAttribute('data-started')) {
        say('The application did not start. Reload the page; if that does not help, tell your administrator that /js/app.js or /vendor/preact.js could not be loaded.');
      }
    }, 8000);
  });
}());

"use strict";

(() => {
  const place = document.getElementById("api-docs");
  const SAFE = ["GET", "HEAD", "OPTIONS"];

  SwaggerUIBundle({
    url: place.dataset.description,
    domNode: place,
    presets: [SwaggerUIBundle.presets.apis],
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    // The cookie is out of a script's reach, so the page carries the token.
    requestInterceptor: (request) => {
      if (!SAFE.includes((request.method || "GET").toUpperCase())) {
        request.headers["X-CSRFToken"] = place.dataset.csrf;
      }
      return request;
    },
  });
})();

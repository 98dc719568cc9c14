"""Words with which a platform may refuse a dead connection id, none of which the client lists, and other refusals."""

from typing import Any

WORDINGS = (
    # English
    "Who are you?",
    "Handle 8f3a-11 is stale",
    "Access key no longer in use",
    "Your ticket {id} is gone",
    "Error 1042",
    "The request could not be attributed to a user",
    "NullPointerException: user",
    "Principal not set",
    "Re-establish your identity",
    "Caller not recognised at {time}",
    "No such handle ({number})",
    "XConnectionId rejected",
    "Signed out",
    "Credential lapsed",
    "User context lost",
    "Not permitted",
    "Time to introduce yourself again",
    # Turkish
    "Kimliğiniz tanınmadı",
    "Anahtarınız artık kullanılmıyor",
    "Kullanıcı belirlenemedi",
    "Yeniden tanımlanmanız gerekir",
    "İşlem {number} gerçekleştirilemedi",
    "Erişim anahtarı '{id}' eskidi",
    "Hata oluştu: {time}",
    "Kullanıcı bilgisi yok",
    "Bağlantınız sonlandırılmış",
    "Beklenmeyen kimlik",
    "Hatalı istek",
    "XConnectionId başlığı kabul edilmedi",
    "Bu anahtar size ait değil",
    # German
    "Sitzung abgelaufen",
    "Bitte erneut anmelden",
    "Unbekannte Kennung {id}",
    "Ihre Anmeldung gilt nicht mehr",
    "Der Benutzer ist abgemeldet",
    "Fehler Nr. {number}",
    "Schlüssel ungültig seit {time}",
    "Vorgang abgelehnt",
    "Keine Berechtigung ohne Anmeldung",
    "Verbindung nicht zugeordnet",
)
STATUSES = (200, 400, 401, 403, 440, 500)

# Refusals that are no matter of the session: fault of the simulator, its options.
OTHER_REFUSALS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("refused", {"message": "You have no permission for this point"}),
    ("refused", {"message": "Bu nokta için yetkiniz yok"}),
    ("refused", {"message": "Keine Berechtigung für diesen Messpunkt"}),
    ("refused", {"message": "Unknown point 'xFabrikaDepo'"}),
    ("refused", {"message": "Nokta bulunamadı: xFabrikaTrafo6"}),
    ("refused", {"message": "Messpunkt xFabrikaTrafo6 nicht gefunden"}),
    ("refused", {"message": "No tariff is defined for 2026-07"}),
    ("refused", {"message": "Invalid definition"}),
    ("refused", {"message": "Unit not supported: kW"}),
    ("refused", {"message": "Session expired, please authenticate again"}),
    ("refused", {"message": "Modbus session timed out"}),
    ("refused", {"message": "The query took too long"}),
    ("refused", {"message": ""}),
    ("connect_timed_out", {}),
    ("http_401_json", {}),
    ("http_403_html", {}),
    ("http_500_html", {}),
    ("http_502_html", {}),
    ("http_504_html", {}),
    ("maintenance_page_200", {}),
)
